import type { Client } from '@connectrpc/connect';
import type { GobgpApi } from './gen/gobgp-v3_pb.ts';

export type GobgpV3Client = Client<typeof GobgpApi>;
