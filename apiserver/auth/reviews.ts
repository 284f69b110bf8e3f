// Questions that are answered and not stored: who am I, may I. Whoever is authenticated may do everything.
import type { User } from '../http/call.ts';
import { type Json, type JsonObject, objectAt, stringAt } from '../json.ts';

export interface ReviewRow {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

const AUTHORIZATION = 'authorization.k8s.io';
const AUTHENTICATION = 'authentication.k8s.io';

export const REVIEW_ROWS: readonly ReviewRow[] = [
  { group: AUTHENTICATION, kind: 'TokenReview', plural: 'tokenreviews', namespaced: false },
  { group: AUTHENTICATION, kind: 'SelfSubjectReview', plural: 'selfsubjectreviews', namespaced: false },
  { group: AUTHORIZATION, kind: 'SubjectAccessReview', plural: 'subjectaccessreviews', namespaced: false },
  { group: AUTHORIZATION, kind: 'SelfSubjectAccessReview', plural: 'selfsubjectaccessreviews', namespaced: false },
  { group: AUTHORIZATION, kind: 'SelfSubjectRulesReview', plural: 'selfsubjectrulesreviews', namespaced: false },
  { group: AUTHORIZATION, kind: 'LocalSubjectAccessReview', plural: 'localsubjectaccessreviews', namespaced: true },
];

export interface Reviewer {
  readonly user: User;
  /** Whom a bearer token stands for. */
  readonly userOfToken: (token: string) => User | undefined;
}

/** The review with its answer in `status`. */
export function answerReview(row: ReviewRow, body: Json, reviewer: Reviewer): JsonObject {
  const status = statusFor(row, body, reviewer);
  return {
    kind: row.kind,
    apiVersion: `${row.group}/v1`,
    metadata: { creationTimestamp: null },
    spec: objectAt(body, 'spec') ?? {},
    status,
  };
}

function statusFor(row: ReviewRow, body: Json, { user, ...reviewer }: Reviewer): JsonObject {
  switch (row.kind) {
    case 'TokenReview': {
      const found = reviewer.userOfToken(stringAt(body, 'spec', 'token') ?? '');
      return found === undefined ? { authenticated: false } : { authenticated: true, user: userInfo(found) };
    }
    case 'SelfSubjectReview':
      return { userInfo: userInfo(user) };
    case 'SelfSubjectRulesReview':
      return {
        resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
        nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
        incomplete: false,
      };
    default:
      return { allowed: true };
  }
}

function userInfo({ name, groups }: User): JsonObject {
  return { username: name, groups };
}
