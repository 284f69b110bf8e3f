// The files that an administrator would put under /etc/fairlead on each node, written for the lab.
import { randomBytes } from 'node:crypto';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { run } from '../network/children.ts';
import { hostPath } from '../nodes/enter.ts';
import { API_ADDRESS, planTopology } from '../plan/topology.ts';
import { type LabRecord, pathsOf } from '../state.ts';

const API_PORT = 6443;
const API_SOCKET = '/run/fairlead-apiserver/api.sock';
const DATA = '/var/lib/fairlead-apiserver/apiserver.db';
const CERTIFICATE = '/etc/fairlead/apiserver.crt';
const KEY = '/etc/fairlead/apiserver.key';
const TOKEN = '/etc/fairlead/token';
const KUBECONFIG = '/etc/fairlead/kubeconfig';

export class Configuration {
  readonly #record: LabRecord;
  #certificate = '';
  #key = '';
  readonly #token = randomBytes(24).toString('hex');

  constructor(record: LabRecord) {
    this.#record = record;
  }

  /** A certificate for the API server, signed by itself: whoever has the kubeconfig trusts exactly this one. */
  async makeCredentials(): Promise<void> {
    const options = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30'];
    const subject = ['-subj', '/CN=fairlead-lab', '-addext', `subjectAltName=IP:${API_ADDRESS}`];
    const pem = await run(['openssl', 'req', '-x509', ...options, ...subject, '-keyout', '-', '-out', '-']);
    const end = pem.indexOf('-----BEGIN CERTIFICATE-----');
    this.#key = pem.slice(0, end);
    this.#certificate = pem.slice(end);
  }

  /** Writes what the API server, ipam and the LB nodes read. Their folders exist. */
  async write(): Promise<void> {
    const { name } = this.#record;
    const lbNodes = planTopology(this.#record).nodes.filter(({ role }) => role === 'lb');
    await Promise.all([
      this.#writeApiServer(),
      this.#writeProgram('api', 'ipam'),
      ...lbNodes.flatMap(({ node }) => [this.#writeProgram(node, 'speaker'), this.#writeProgram(node, 'proxy')]),
      ...['api', ...lbNodes.map(({ node }) => node)].map((node) =>
        writeFile(hostPath(name, node, KUBECONFIG), this.#kubeconfig(`https://${API_ADDRESS}:${API_PORT}`)),
      ),
      writeFile(pathsOf(name).kubeconfig, this.#kubeconfig(`unix://${pathsOf(name).apiSocket}`)),
    ]);
  }

  async #writeApiServer(): Promise<void> {
    const { name } = this.#record;
    await Promise.all([
      writeFile(hostPath(name, 'api', CERTIFICATE), this.#certificate),
      writeFile(hostPath(name, 'api', KEY), this.#key, { mode: 0o600 }),
      writeFile(hostPath(name, 'api', TOKEN), `${this.#token}\n`, { mode: 0o600 }),
      writeFile(hostPath(name, 'api', '/etc/fairlead/apiserver.yaml'), stringify(this.#apiServerSettings())),
      symlink(hostPath(name, 'api', API_SOCKET), pathsOf(name).apiSocket),
    ]);
  }

  #apiServerSettings(): Readonly<Record<string, unknown>> {
    return {
      listen: `${API_ADDRESS}:${API_PORT}`,
      socket: API_SOCKET,
      tlsCert: CERTIFICATE,
      tlsKey: KEY,
      tokenFile: TOKEN,
      data: DATA,
    };
  }

  async #writeProgram(node: string, program: string): Promise<void> {
    const file = hostPath(this.#record.name, node, join('/etc/fairlead', `${program}.yaml`));
    await writeFile(file, stringify({ kubeconfig: KUBECONFIG }));
  }

  /** A kubeconfig as kubectl reads it; `unix://` servers are ours alone. */
  #kubeconfig(server: string): string {
    const authority = Buffer.from(this.#certificate).toString('base64');
    return stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'lab', cluster: { server, 'certificate-authority-data': authority } }],
      users: [{ name: 'lab', user: { token: this.#token } }],
      contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'lab' } }],
      'current-context': 'lab',
    });
  }
}
