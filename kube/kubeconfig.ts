// Reads a kubeconfig that needs no plugin, without @kubernetes/client-node: importing that costs 60 to 80 MB.
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { ClusterAccess, TlsMaterial } from './access.ts';
import { tlsFiles } from './tls-files.ts';
import { tokenFile } from './token-file.ts';

/** A kubeconfig that cannot be used; the message names the file and what is wrong with it. */
export class KubeconfigError extends Error {
  readonly code = 'KUBECONFIG';

  constructor(path: string, reason: string, cause?: unknown) {
    super(`kubeconfig ${path}: ${reason}`, { cause });
    this.name = 'KubeconfigError';
  }
}

const clusterSchema = z.object({
  server: z.string(),
  'certificate-authority': z.string().optional(),
  'certificate-authority-data': z.string().optional(),
  'tls-server-name': z.string().optional(),
  'insecure-skip-tls-verify': z.boolean().default(false),
});

const userSchema = z.looseObject({
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  'client-certificate': z.string().optional(),
  'client-certificate-data': z.string().optional(),
  'client-key': z.string().optional(),
  'client-key-data': z.string().optional(),
});

const kubeconfigSchema = z.object({
  'current-context': z.string(),
  contexts: z.array(z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string() }) })),
  clusters: z.array(z.object({ name: z.string(), cluster: clusterSchema })),
  users: z.array(z.object({ name: z.string(), user: userSchema.nullish() })).default([]),
});

type Cluster = z.infer<typeof clusterSchema>;
type User = z.infer<typeof userSchema>;

export type KubeconfigReading =
  | { readonly kind: 'access'; readonly access: ClusterAccess }
  /** The user's credentials come from an exec plugin or an auth provider. */
  | { readonly kind: 'needs plugin' };

/** Reads the current context of a kubeconfig file. Throws KubeconfigError. Relative paths are relative to the file. */
export async function readKubeconfig(path: string, clock: Clock = systemClock): Promise<KubeconfigReading> {
  const { cluster, user } = selectContext(path, await loadYaml(path));
  if ('exec' in user || 'auth-provider' in user) return { kind: 'needs plugin' };
  if (!/^(https?|unix):$/.test(URL.parse(cluster.server)?.protocol ?? '')) {
    throw new KubeconfigError(path, `server '${cluster.server}' is no URL with https, http or unix`);
  }
  const files = await tlsFiles(() => readTls(path, cluster, user), clock);
  const { authorization, forget } = credentials(path, user, clock);
  const forgetAll = (): void => {
    files.forget();
    forget();
  };
  return { kind: 'access', access: { server: cluster.server, tls: files.tls, authorization, forget: forgetAll } };
}

async function readTls(path: string, cluster: Cluster, user: User): Promise<TlsMaterial> {
  return {
    ca: await pem(path, cluster['certificate-authority'], cluster['certificate-authority-data']),
    cert: await pem(path, user['client-certificate'], user['client-certificate-data']),
    key: await pem(path, user['client-key'], user['client-key-data']),
    servername: cluster['tls-server-name'],
    verify: !cluster['insecure-skip-tls-verify'],
  };
}

async function loadYaml(path: string): Promise<unknown> {
  try {
    return parse(await readFile(path, 'utf8'));
  } catch (error) {
    const message = Error.isError(error) ? error.message : String(error);
    throw new KubeconfigError(path, message.replace(/:?\n[\s\S]*$/, ''), error);
  }
}

function selectContext(path: string, content: unknown): { readonly cluster: Cluster; readonly user: User } {
  const parsed = kubeconfigSchema.safeParse(content);
  if (!parsed.success) throw new KubeconfigError(path, z.prettifyError(parsed.error).replaceAll('\n', ' '));
  const { 'current-context': current, contexts, clusters, users } = parsed.data;
  const context = contexts.find(({ name }) => name === current)?.context;
  if (context === undefined) throw new KubeconfigError(path, `no context '${current}' (current-context)`);
  const cluster = clusters.find(({ name }) => name === context.cluster)?.cluster;
  if (cluster === undefined) throw new KubeconfigError(path, `no cluster '${context.cluster}'`);
  const user = users.find(({ name }) => name === context.user);
  if (user === undefined && context.user !== '') throw new KubeconfigError(path, `no user '${context.user}'`);
  return { cluster, user: user?.user ?? {} };
}

/** Inline data wins over a file, as in client-go. */
async function pem(path: string, file: string | undefined, data: string | undefined): Promise<string | undefined> {
  if (data !== undefined && data !== '') return Buffer.from(data, 'base64').toString();
  if (file === undefined || file === '') return undefined;
  try {
    return await readFile(resolve(dirname(path), file), 'utf8');
  } catch (error) {
    throw new KubeconfigError(path, Error.isError(error) ? error.message : String(error), error);
  }
}

function credentials(path: string, user: User, clock: Clock): Pick<ClusterAccess, 'authorization' | 'forget'> {
  if (user.tokenFile !== undefined) return tokenFile(resolve(dirname(path), user.tokenFile), clock);
  const header = user.token === undefined ? basic(user) : `Bearer ${user.token}`;
  return { authorization: async () => header, forget: () => {} };
}

function basic({ username, password }: User): string | undefined {
  if (username === undefined) return undefined;
  return `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}`;
}
