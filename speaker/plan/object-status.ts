// What the speakers write on BGPPeer and BGPAdvertisement objects. Only what every node says alike, so that nodes never
// contradict each other there; what differs from node to node stands in the LBNodes.
import type { DesiredCondition } from '../../api/meta.ts';
import { type FieldError, formatFieldErrors } from '../../api/parsed.ts';
import type { SpeakerSnapshot } from '../snapshot.ts';
import { advertisementError } from './may-announce.ts';
import { planPeers } from './peers.ts';

/** An object that could not be read, as the store remembers it. */
export interface Refused {
  readonly kind: 'BGPPeer' | 'BGPAdvertisement';
  readonly name: string;
  readonly errors: readonly FieldError[];
}

export interface ObjectStatus {
  readonly kind: 'BGPPeer' | 'BGPAdvertisement';
  readonly name: string;
  readonly condition: DesiredCondition;
}

/** Reasons of the condition Accepted. */
export const ACCEPTED_REASONS = ['Accepted', 'Invalid', 'InvalidCommunity', 'SecretMissing', 'SecretUnusable'] as const;
export type AcceptedReason = (typeof ACCEPTED_REASONS)[number];

export function planObjectStatus(snapshot: SpeakerSnapshot, refused: readonly Refused[]): readonly ObjectStatus[] {
  const invalid = refused.map(({ kind, name, errors }) =>
    statusOf(kind, name, { reason: 'Invalid', message: formatFieldErrors(errors) }),
  );
  return [...invalid, ...peerStatus(snapshot), ...advertisementStatus(snapshot)];
}

function peerStatus(snapshot: SpeakerSnapshot): readonly ObjectStatus[] {
  return planPeers(snapshot).flatMap((decision): readonly ObjectStatus[] => {
    if (decision.kind === 'use') return [statusOf('BGPPeer', decision.name)];
    const { reason, message } = decision;
    if (reason !== 'SecretMissing' && reason !== 'SecretUnusable') return [];
    return [statusOf('BGPPeer', decision.name, { reason, message })];
  });
}

function advertisementStatus(snapshot: SpeakerSnapshot): readonly ObjectStatus[] {
  return snapshot.advertisements.map(({ metadata, spec }) => {
    const message = advertisementError(spec);
    if (message === undefined) return statusOf('BGPAdvertisement', metadata.name);
    return statusOf('BGPAdvertisement', metadata.name, { reason: 'InvalidCommunity', message });
  });
}

interface Problem {
  readonly reason: AcceptedReason;
  readonly message: string;
}

function statusOf(kind: ObjectStatus['kind'], name: string, problem?: Problem): ObjectStatus {
  const condition: DesiredCondition =
    problem === undefined
      ? { type: 'Accepted', status: 'True', reason: 'Accepted', message: '' }
      : { type: 'Accepted', status: 'False', ...problem };
  return { kind, name, condition };
}
