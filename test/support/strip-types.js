// The whole of our test compiler: Node's own type stripping, which keeps line numbers as they are.
import { createHash } from 'node:crypto';
import { stripTypeScriptTypes } from 'node:module';

export default {
  process: (source) => ({ code: stripTypeScriptTypes(source, { mode: 'strip' }) }),
  getCacheKey: (source) => createHash('sha1').update(process.version).update(source).digest('hex'),
};
