// The texts that describe the package to dpkg.
import { PLACED_FILES } from './layout.ts';

export interface PackageFacts {
  readonly version: string;
  readonly description: string;
  readonly architecture: 'amd64' | 'arm64';
  /** Of the installed files, in bytes. */
  readonly installedBytes: number;
}

/** The control file (Debian Policy 5.3). */
export function controlFile(facts: PackageFacts): string {
  return [
    'Package: fairlead',
    `Version: ${facts.version}`,
    `Architecture: ${facts.architecture}`,
    'Maintainer: The Fairlead authors <fairlead@localhost>',
    `Installed-Size: ${Math.ceil(facts.installedBytes / 1024)}`,
    'Depends: libc6 (>= 2.28), libstdc++6, libgcc-s1, systemd (>= 252), gobgpd (>= 3.10), iproute2, nftables, ca-certificates',
    'Section: net',
    'Priority: optional',
    `Description: ${facts.description.split(': ')[0]}`,
    ' Three programs for dedicated LB nodes: ipam gives addresses to Services and',
    ' Gateways, speaker announces them by BGP, proxy terminates TLS and routes',
    ' Gateway API and Ingress traffic to the pods. Node.js is included.',
    '',
  ].join('\n');
}

/** The files that an administrator may edit and an upgrade keeps. */
export function conffiles(): string {
  const files = PLACED_FILES.map((file) => file.to).filter((path) => path.startsWith('/etc/'));
  return `${files.join('\n')}\n`;
}

/** Debian's version of ours: a pre-release sorts before its release. */
export function debianVersion(version: string): string {
  return version.replace('-', '~');
}
