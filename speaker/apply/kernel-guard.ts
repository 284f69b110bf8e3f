// The guard's nftables tables, replaced as a whole by `nft -f -`: the kernel takes a document entirely or not at all.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import type { IpFamily } from '../../net/address.ts';
import { type GuardDocument, TABLE } from '../plan/guard.ts';

/** `nft` could not be run, or refused a document. */
export class KernelGuardError extends Error {
  readonly code = 'NftFailed';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KernelGuardError';
  }
}

const NFT_FAMILY = { IPv4: 'ip', IPv6: 'ip6' } as const;
/** What nft says of a table that does not exist. */
const NOT_THERE = /No such file or directory/;

/** Which document each family's table was made from, as a fingerprint; undefined where there is no table of ours. */
export type GuardState = Readonly<Record<IpFamily, string | undefined>>;

export class KernelGuard {
  /** Reads the fingerprints back from the kernel: a firewall that flushed our tables is noticed here. */
  async observe(signal: AbortSignal): Promise<GuardState> {
    return { IPv4: await readFingerprint('IPv4', signal), IPv6: await readFingerprint('IPv6', signal) };
  }

  /** Puts the documents in place whose fingerprint differs from what is there. Returns the new state. */
  async apply(documents: readonly GuardDocument[], before: GuardState, signal: AbortSignal): Promise<GuardState> {
    const after = { ...before };
    for (const document of documents) {
      const wanted = document.isEmpty ? undefined : fingerprintOf(document);
      if (wanted === before[document.family]) continue;
      await nft(['-f', '-'], { input: withFingerprint(document), signal });
      after[document.family] = wanted;
    }
    return after;
  }
}

/** Two sides of one equation: what documents are compared by. */
function fingerprintOf({ text: document }: GuardDocument): string {
  return createHash('sha256').update(document).digest('hex').slice(0, 32);
}

/** The fingerprint stands in the table as the name of an empty set: comments on tables are too new for Debian's nft. */
function withFingerprint(document: GuardDocument): string {
  if (document.isEmpty) return document.text;
  const set = `add set ${NFT_FAMILY[document.family]} ${TABLE} ${PREFIX}${fingerprintOf(document)} { type mark; }\n`;
  return `${document.text}${set}`;
}

const PREFIX = 'made_from_';

async function readFingerprint(family: IpFamily, signal: AbortSignal): Promise<string | undefined> {
  try {
    const listing = await nft(['-t', 'list', 'table', NFT_FAMILY[family], TABLE], { input: '', signal });
    return new RegExp(`set ${PREFIX}([0-9a-f]{32})`).exec(listing)?.[1] ?? 'unknown';
  } catch (error) {
    if (error instanceof KernelGuardError && NOT_THERE.test(error.message)) return undefined;
    throw error;
  }
}

interface NftInput {
  readonly input: string;
  readonly signal: AbortSignal;
}

/** Text on standard input, not JSON: nft's JSON reader reopens /dev/stdin, which fails on Node's pipes. */
async function nft(args: readonly string[], { input, signal }: NftInput): Promise<string> {
  const child = spawn('nft', args, { stdio: ['pipe', 'pipe', 'pipe'], signal });
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  try {
    const [code, output, complaint] = await Promise.all([exit, text(child.stdout), text(child.stderr)]);
    if (code === 0) return output;
    throw new KernelGuardError(`nft ${args.join(' ')}: ${complaint.trim().split('\n')[0] ?? `exit code ${code}`}`);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof KernelGuardError) throw error;
    throw new KernelGuardError('nft cannot be run', { cause: error });
  }
}
