// Ingresses and IngressClasses.
import { arrayAt, isObject, type Json, type JsonObject, objectAt, stringAt, valueAt } from '../../json.ts';
import { annotationsOf, nameOf } from '../../object.ts';
import type { Cause } from '../../status-error.ts';
import type { Strategy, World } from '../kind.ts';
import { fill, inside, invalidValue, oneOf, required } from './fields.ts';

const CLASSES = 'ingressclasses.networking.k8s.io';
const DEFAULT_CLASS = 'ingressclass.kubernetes.io/is-default-class';
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];
const HOST = /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const IPV4 = /^\d+\.\d+\.\d+\.\d+$/;
const FORBIDDEN_IN_PATH = ['//', '/./', '/../', '%2f', '%2F'];
const FORBIDDEN_AT_END = ['/..', '/.'];

export const INGRESS: Strategy = {
  prepare: (ingress, previous) => (previous === undefined ? { ...ingress, status: { loadBalancer: {} } } : ingress),
  admit: (ingress, previous, world) => (previous === undefined ? withDefaultClass(ingress, world) : ingress),
  validate: (ingress, previous) => [
    ...ruleCauses(ingress),
    ...arrayAt(ingress, 'spec', 'rules').flatMap((rule, i) => hostAndPathCauses(rule, `spec.rules[${i}]`)),
    ...backendCauses(valueAt(ingress, 'spec', 'defaultBackend'), 'spec.defaultBackend'),
    ...(previous === undefined ? classCauses(ingress) : []),
  ],
};

export const INGRESS_CLASS: Strategy = {
  default: (row) => inside(row, 'spec', (spec) => inside(spec, 'parameters', (p) => fill(p, { scope: 'Cluster' }))),
  validate: (row, previous) => {
    const controller = stringAt(row, 'spec', 'controller') ?? '';
    if (controller === '') return [required('spec.controller')];
    if (previous !== undefined && controller !== stringAt(previous, 'spec', 'controller'))
      return [invalidValue('spec.controller', controller, 'field is immutable')];
    return controller.length > 250 || !controller.includes('/')
      ? [invalidValue('spec.controller', controller, 'must be a domain-prefixed path (such as "acme.io/foo")')]
      : [];
  },
};

/** Admission "DefaultIngressClass": the newest class that is marked as default, when the Ingress names none. */
function withDefaultClass(ingress: JsonObject, world: World): JsonObject {
  const named = stringAt(ingress, 'spec', 'ingressClassName') ?? annotationsOf(ingress)[CLASS_ANNOTATION];
  if (named !== undefined) return ingress;
  const [chosen] = world
    .list(CLASSES)
    .filter((row) => annotationsOf(row)[DEFAULT_CLASS] === 'true')
    .sort((a, b) => compareBirth(b, a) || (nameOf(a) < nameOf(b) ? -1 : 1));
  if (chosen === undefined) return ingress;
  return { ...ingress, spec: { ...objectAt(ingress, 'spec'), ingressClassName: nameOf(chosen) } };
}

function compareBirth(a: JsonObject, b: JsonObject): number {
  const [x, y] = [a, b].map((object) => Date.parse(stringAt(object, 'metadata', 'creationTimestamp') ?? ''));
  return (x ?? 0) - (y ?? 0);
}

function ruleCauses(ingress: JsonObject): readonly Cause[] {
  const hasRules = arrayAt(ingress, 'spec', 'rules').length > 0;
  if (hasRules || valueAt(ingress, 'spec', 'defaultBackend') !== undefined) return [];
  return [invalidValue('spec', null, 'either `defaultBackend` or `rules` must be specified')];
}

function classCauses(ingress: JsonObject): readonly Cause[] {
  const [annotation, name] = [annotationsOf(ingress)[CLASS_ANNOTATION], stringAt(ingress, 'spec', 'ingressClassName')];
  if (annotation === undefined || name === undefined || annotation === name) return [];
  return [
    invalidValue(
      `annotations.${CLASS_ANNOTATION}`,
      annotation,
      'must match `ingressClassName` when both are specified',
    ),
  ];
}

function hostAndPathCauses(rule: Json, path: string): readonly Cause[] {
  const host = stringAt(rule, 'host') ?? '';
  const causes: Cause[] = [];
  if (IPV4.test(host)) causes.push(invalidValue(`${path}.host`, host, 'must be a DNS name, not an IP address'));
  else if (host !== '' && (host.length > 253 || !HOST.test(host)))
    causes.push(
      invalidValue(
        `${path}.host`,
        host,
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
      ),
    );
  const http = isObject(rule) ? rule['http'] : undefined;
  if (http === undefined) return causes;
  const paths = arrayAt(http, 'paths');
  if (paths.length === 0) return [...causes, required(`${path}.http.paths`)];
  return [...causes, ...paths.flatMap((entry, i) => pathCauses(entry, `${path}.http.paths[${i}]`))];
}

function pathCauses(entry: Json, at: string): readonly Cause[] {
  const [type, path] = [stringAt(entry, 'pathType'), stringAt(entry, 'path') ?? ''];
  const backend = backendCauses(valueAt(entry, 'backend') ?? {}, `${at}.backend`);
  if (type === undefined) return [required(`${at}.pathType`, 'pathType must be specified'), ...backend];
  const causes: Cause[] = [...oneOf(`${at}.pathType`, type, PATH_TYPES)];
  if (type === 'ImplementationSpecific') {
    if (path !== '' && !path.startsWith('/')) causes.push(invalidValue(`${at}.path`, path, 'must be an absolute path'));
    return [...causes, ...backend];
  }
  if (!path.startsWith('/'))
    return [...causes, invalidValue(`${at}.path`, path, 'must be an absolute path'), ...backend];
  for (const part of FORBIDDEN_IN_PATH)
    if (path.includes(part)) causes.push(invalidValue(`${at}.path`, path, `must not contain '${part}'`));
  for (const end of FORBIDDEN_AT_END)
    if (path.endsWith(end)) causes.push(invalidValue(`${at}.path`, path, `cannot end with '${end}'`));
  return [...causes, ...backend];
}

function backendCauses(backend: Json | undefined, path: string): readonly Cause[] {
  if (backend === undefined) return [];
  const [service, resource] = [valueAt(backend, 'service'), valueAt(backend, 'resource')];
  if (service !== undefined && resource !== undefined)
    return [invalidValue(path, '', 'cannot set both resource and service backends')];
  if (resource !== undefined) return [];
  if (service === undefined) return [required(path, 'port name or number is required')];
  const [name, number, portName] = [
    stringAt(service, 'name') ?? '',
    valueAt(service, 'port', 'number'),
    valueAt(service, 'port', 'name'),
  ];
  if (name === '') return [required(`${path}.service.name`)];
  if (number !== undefined && portName !== undefined)
    return [invalidValue(`${path}.service.port`, valueAt(service, 'port'), 'cannot set both port name & port number')];
  if (number === undefined && portName === undefined)
    return [required(`${path}.service.port`, 'port name or number is required')];
  return typeof number === 'number' && (number < 1 || number > 65535)
    ? [invalidValue(`${path}.service.port.number`, number, 'must be between 1 and 65535, inclusive')]
    : [];
}
