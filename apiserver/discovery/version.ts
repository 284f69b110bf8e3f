// Which Kubernetes the API is that of: the release from which the schemas of the built-in kinds come.
import type { JsonObject } from '../json.ts';

export function versionDocument(): JsonObject {
  return {
    major: '1',
    minor: '37',
    gitVersion: 'v1.37.1+fairlead',
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: 'node',
    platform: `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  };
}
