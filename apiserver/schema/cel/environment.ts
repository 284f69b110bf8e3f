// The CEL environment of validation rules: the standard library of the evaluator and what Kubernetes adds to it.
import { Environment } from '@marcbachmann/cel-js';
import { registerFormatFunctions } from './format-functions.ts';
import { registerNetworkFunctions } from './network-functions.ts';
import { registerTextFunctions } from './text-functions.ts';

/** A fresh environment where `self` and `oldSelf` may be anything. */
export function createCelEnvironment(): Environment {
  const environment = new Environment({ unlistedVariablesAreDyn: true, enableOptionalTypes: true, limits: LIMITS });
  registerTextFunctions(environment);
  registerNetworkFunctions(environment);
  registerFormatFunctions(environment);
  return environment;
}

/** Rules come from whoever may create definitions; the defaults of the evaluator are too small for the Gateway API's. */
const LIMITS = {
  maxAstNodes: 100_000,
  maxDepth: 500,
  maxListElements: 10_000,
  maxMapEntries: 10_000,
  maxCallArguments: 64,
};
