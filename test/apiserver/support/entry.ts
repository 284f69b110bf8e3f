import { run } from '../../../apiserver/main.ts';

process.exitCode = await run(process.argv.slice(2));
