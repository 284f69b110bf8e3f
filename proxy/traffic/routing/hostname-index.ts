export interface HostnameEntry<T> {
  /** Exact, `*.suffix`, or '' for every host. */
  readonly hostname: string;
  readonly value: T;
}

/**
 * Finds values by host name, most specific first: exact, then wildcards by falling length, then the one for all.
 * A wildcard stands for one label or more (Gateway API). Each look-up costs one hash per label, however many names.
 */
export class HostnameIndex<T> {
  readonly #exact = new Map<string, T>();
  readonly #bySuffix = new Map<string, T>();
  readonly #catchAll: T | undefined;

  constructor(entries: readonly HostnameEntry<T>[]) {
    for (const { hostname, value } of entries) {
      if (hostname.startsWith('*.')) this.#bySuffix.set(hostname.slice(1), value);
      else if (hostname !== '') this.#exact.set(hostname, value);
    }
    this.#catchAll = entries.find(({ hostname }) => hostname === '')?.value;
  }

  /** The first result of `visit` over the values that match the host, most specific first. */
  find<R>(host: string, visit: (value: T) => R | undefined): R | undefined {
    const exact = this.#exact.get(host);
    const found = exact === undefined ? undefined : visit(exact);
    if (found !== undefined) return found;
    const byWildcard = this.#bySuffix.size === 0 ? undefined : this.#findByWildcard(host, visit);
    if (byWildcard !== undefined) return byWildcard;
    return this.#catchAll === undefined ? undefined : visit(this.#catchAll);
  }

  /** The value of the most specific name that matches. */
  best(host: string): T | undefined {
    return this.find(host, (value) => value);
  }

  #findByWildcard<R>(host: string, visit: (value: T) => R | undefined): R | undefined {
    for (let dot = host.indexOf('.'); dot > 0; dot = host.indexOf('.', dot + 1)) {
      const value = this.#bySuffix.get(host.slice(dot));
      const found = value === undefined ? undefined : visit(value);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
