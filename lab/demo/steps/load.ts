// The client that keeps asking while something happens.
import { Load } from '../../client/load.ts';
import { ADDRESS, caFile, HOST } from '../samples.ts';

/** Requests to both rules, half of them on connections of their own, until it is stopped. */
export function startLoad(lab: string, { perSecond }: { readonly perSecond: number }): Load {
  return new Load(lab, {
    urls: [`https://${HOST}/`, `http://${HOST}/`, `https://${HOST}/`, `https://${HOST}/checkout`],
    address: ADDRESS,
    caFile: caFile(),
    perSecond,
    count: undefined,
    connections: 'mixed',
  });
}

/** The signal, or a timeout. */
export function withinMs(signal: AbortSignal, ms: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(ms)]);
}
