// What a request says about how to write.
import type { FieldSet } from '../apply/field-set.ts';

export type Subresource = '' | 'status';

export interface WriteOptions {
  /** Decide everything, store nothing. */
  readonly dryRun: boolean;
  readonly fieldValidation: 'Strict' | 'Warn' | 'Ignore';
  /** Who owns the fields that this write sets (metadata.managedFields). */
  readonly manager: string;
  readonly subresource: Subresource;
  /** The fields of the configuration, when the write is a server-side apply. */
  readonly applied?: FieldSet;
  /** Gathers texts for the Warning headers of the answer. */
  readonly warnings: string[];
}
