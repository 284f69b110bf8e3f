// Where every file of the checkout lies on an installed machine.

/** A file or folder of the checkout and its place in the package. */
export interface PlacedFile {
  readonly from: string;
  /** Absolute, as on the installed machine. */
  readonly to: string;
  readonly mode: number;
}

/** The folder of everything that is not at a place prescribed by Debian or systemd. */
export const HOME = '/usr/lib/fairlead';
export const UNITS = ['fairlead-gobgpd', 'fairlead-speaker', 'fairlead-proxy', 'fairlead-ipam', 'fairlead-apiserver'];
const PROGRAMS = ['ipam', 'speaker', 'proxy', 'apiserver'];

/** The single files of the package. Compiled code, npm packages and Node.js come besides, under HOME. */
export const PLACED_FILES: readonly PlacedFile[] = [
  { from: 'bin/fairlead', to: `${HOME}/bin/fairlead`, mode: 0o755 },
  { from: 'package.json', to: `${HOME}/package.json`, mode: 0o644 },
  { from: 'systemd/withdraw-unless-active', to: `${HOME}/systemd/withdraw-unless-active`, mode: 0o755 },
  ...UNITS.map((unit) => ({
    from: `systemd/${unit}.service`,
    to: `/usr/lib/systemd/system/${unit}.service`,
    mode: 0o644,
  })),
  { from: 'systemd/sysusers.conf', to: '/usr/lib/sysusers.d/fairlead.conf', mode: 0o644 },
  { from: 'systemd/sysctl.conf', to: '/usr/lib/sysctl.d/60-fairlead.conf', mode: 0o644 },
  { from: 'systemd/modules-load.conf', to: '/usr/lib/modules-load.d/fairlead.conf', mode: 0o644 },
  ...PROGRAMS.map((program) => ({
    from: `systemd/config/${program}.yaml`,
    to: `/etc/fairlead/${program}.yaml`,
    mode: 0o644,
  })),
  { from: 'systemd/debian/copyright', to: '/usr/share/doc/fairlead/copyright', mode: 0o644 },
  { from: 'docs/operations/install.md', to: '/usr/share/doc/fairlead/install.md', mode: 0o644 },
  { from: 'docs/operations/troubleshooting.md', to: '/usr/share/doc/fairlead/troubleshooting.md', mode: 0o644 },
  { from: 'docs/operations/systemd.md', to: '/usr/share/doc/fairlead/systemd.md', mode: 0o644 },
];

/** Symbolic links of the package: name -> target. */
export const LINKS: Readonly<Record<string, string>> = {
  '/usr/bin/fairlead': '../lib/fairlead/bin/fairlead',
  // kubectl apply -f /usr/share/fairlead/crd
  '/usr/share/fairlead': '../lib/fairlead/dist/config',
};
