#!/bin/sh
# Makes the certificates of this sample anew: a CA for tests, and a leaf for *.example.test signed by it, and puts the
# leaf into ../30-certificate.yaml. FOR TESTS ONLY: the leaf's private key is public, and example.test is nobody's
# (RFC 2606). The CA's key is thrown away.
set -eu
cd "$(dirname "$0")"
days=36500
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days $days -subj '/CN=Fairlead test CA, not for production' \
  -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign,cRLSign' \
  -keyout "$work/ca.key" -out ca.crt 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj '/CN=*.example.test' \
  -keyout "$work/leaf.key" -out "$work/leaf.csr" 2>/dev/null
printf 'subjectAltName=DNS:*.example.test,DNS:example.test\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n' >"$work/leaf.ext"
openssl x509 -req -in "$work/leaf.csr" -CA ca.crt -CAkey "$work/ca.key" -CAcreateserial -CAserial "$work/ca.srl" \
  -days $days -extfile "$work/leaf.ext" -out "$work/leaf.crt" 2>/dev/null
cat >../30-certificate.yaml <<YAML
# Certificate for *.example.test. FOR TESTS ONLY: its private key is public. Made by test-certificates/make.sh; clients
# verify it with test-certificates/ca.crt.
apiVersion: v1
kind: Secret
metadata:
  name: shop-tls
type: kubernetes.io/tls
data:
  tls.crt: $(base64 -w0 <"$work/leaf.crt")
  tls.key: $(base64 -w0 <"$work/leaf.key")
YAML
