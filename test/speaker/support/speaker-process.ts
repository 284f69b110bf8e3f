// A speaker in a network namespace, fed with objects on standard input (one JSON line each time they change) instead of
// an API server. Prints one JSON line per pass.
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { secretSchema } from '../../../api/core.ts';
import { bgpAdvertisementSchema, bgpPeerSchema, ipAllocationSchema, lbNodeSchema } from '../../../api/fairlead.ts';
import { speakerSettings } from '../../../config/speaker.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { createLogger } from '../../../runtime/logger.ts';
import { untilShutdown } from '../../../runtime/shutdown.ts';
import { NodeSpeaker } from '../../../speaker/node-speaker.ts';
import { planNodeStatus } from '../../../speaker/plan/node-status.ts';
import type { SpeakerObjects } from '../../../speaker/snapshot.ts';

const objectsSchema = z.object({
  allocations: z.array(ipAllocationSchema),
  peers: z.array(bgpPeerSchema),
  advertisements: z.array(bgpAdvertisementSchema),
  nodes: z.array(lbNodeSchema),
  secrets: z.array(secretSchema),
});

let objects: SpeakerObjects | undefined;
const settings = speakerSettings.parse(JSON.parse(process.argv[2] ?? '{}'));
const speaker = new NodeSpeaker({
  settings,
  objects: () => objects,
  clock: systemClock,
  log: createLogger({ program: 'speaker', level: 'info', node: settings.node }),
  onPass: ({ snapshot, facts, changes, isBlind }) => {
    const status = planNodeStatus(snapshot, facts);
    process.stdout.write(
      `${JSON.stringify({ at: Date.now(), isBlind, status, changes: changes.map(({ kind }) => kind) })}\n`,
    );
  },
});
createInterface({ input: process.stdin }).on('line', (line) => {
  objects = objectsSchema.parse(JSON.parse(line));
  speaker.wake();
});
using shutdown = untilShutdown();
await speaker.run(shutdown.signal);
process.exit(0);
