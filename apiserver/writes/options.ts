// What a request says about how to write.

export type Subresource = '' | 'status';

export interface WriteOptions {
  /** Decide everything, store nothing. */
  readonly dryRun: boolean;
  readonly fieldValidation: 'Strict' | 'Warn' | 'Ignore';
  /** Who owns the fields that this write sets (metadata.managedFields). */
  readonly manager: string;
  readonly subresource: Subresource;
  /** Gathers texts for the Warning headers of the answer. */
  readonly warnings: string[];
}
