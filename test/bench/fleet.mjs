// A dozen kernels of Debian's archive, several of each series and flavour: their images alone, in a cache folder.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';

const cache = join(process.env.BTFLY_TEST_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'btfly-test'), 'fleet');

const bookworm = ['debian bookworm', 'debian bookworm-updates', 'debian-security bookworm-security'];
const backports = ['debian bookworm-backports'];
const trixie = ['debian trixie', 'debian-security trixie-security'];
const sid = ['debian forky', 'debian sid', 'debian experimental'];

/** The newest `count` of each; `oldest` takes the other end of what the archive has. */
const wanted = [
  { sources: bookworm, arch: 'amd64', release: /^6\.1\.0-\d+-amd64$/, count: 2 },
  { sources: bookworm, arch: 'amd64', release: /^6\.1\.0-\d+-amd64$/, count: 1, oldest: true },
  { sources: bookworm, arch: 'amd64', release: /^6\.1\.0-\d+-rt-amd64$/, count: 1 },
  { sources: bookworm, arch: 'amd64', release: /^6\.1\.0-\d+-cloud-amd64$/, count: 1 },
  { sources: backports, arch: 'amd64', release: /^6\.12\.[\d.]+\+deb12-amd64$/, count: 1 },
  { sources: trixie, arch: 'amd64', release: /^6\.12\.[\d.]+\+deb13[\d.]*-amd64$/, count: 2 },
  { sources: trixie, arch: 'amd64', release: /^6\.12\.[\d.]+\+deb13[\d.]*-cloud-amd64$/, count: 1 },
  { sources: trixie, arch: 'amd64', release: /^6\.12\.[\d.]+\+deb13[\d.]*-rt-amd64$/, count: 1 },
  { sources: trixie, arch: 'arm64', release: /^6\.12\.[\d.]+\+deb13[\d.]*-arm64$/, count: 1 },
  { sources: sid, arch: 'amd64', release: /^7\.\d+\.\d+\+deb14-amd64$/, count: 2 },
  { sources: sid, arch: 'amd64', release: /^7\.\d+-amd64$/, count: 1 },
];

/** Images of the cache, by release in order of versions. */
export function fleet() {
  if (!existsSync(cache)) return [];
  return readdirSync(cache).filter((name) => /^\d/.test(name)).sort(byVersion).map((release) => ({ release, image: join(cache, release, 'vmlinuz') }));
}

/** Downloads what the archive has of the list and the cache has not (100 MB each), and keeps the images. */
export function fetchFleet(say) {
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, '.fetch-'));
  try {
    const archives = new Map();
    for (const { sources, arch, release, count, oldest } of wanted) {
      const key = `${arch} ${sources}`;
      if (!archives.has(key)) archives.set(key, archive(join(work, String(archives.size)), sources, arch));
      const apt = archives.get(key);
      const releases = [...apt.packages.keys()].filter((name) => release.test(name)).sort(byVersion);
      for (const name of oldest === true ? releases.slice(0, count) : releases.slice(-count)) {
        if (existsSync(join(cache, name))) continue;
        say(name);
        keepImage(apt.download(apt.packages.get(name)), name, work);
      }
    }
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** apt with sources and lists of its own. Packages by release: Debian 14 has the image in linux-binary-*. */
function archive(state, sources, arch) {
  for (const folder of ['lists/partial', 'cache/archives/partial', 'debs']) mkdirSync(join(state, folder), { recursive: true });
  const lines = sources.map((line) => `deb [arch=${arch} signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/${line} main\n`);
  writeFileSync(join(state, 'sources.list'), lines.join(''));
  const options = [
    `Dir::Etc::SourceList=${state}/sources.list`, 'Dir::Etc::SourceParts=/dev/null', `Dir::State::Lists=${state}/lists`, `Dir::Cache=${state}/cache`,
    `APT::Architecture=${arch}`, `APT::Architectures=${arch}`, 'APT::Sandbox::User=root', 'Acquire::Languages=none', 'Acquire::Retries=3',
  ].flatMap((option) => ['-o', option]);
  const run = (tool, ...args) => execFileSync(tool, [...options, ...args], { cwd: join(state, 'debs'), encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 26 });
  run('apt-get', 'update', '-qq');
  const names = run('apt-cache', 'pkgnames', 'linux-').split('\n');
  const packages = new Map(names.flatMap((name) => [.../^linux-image-(\d.*)$/[Symbol.matchAll](name)].map(([, release]) => [release, name])));
  for (const name of names) {
    const release = /^linux-binary-(\d.*)$/.exec(name)?.[1];
    if (release !== undefined) packages.set(release, name);
  }
  return {
    packages,
    download(name) {
      run('apt-get', 'download', '-qq', name);
      const [file] = readdirSync(join(state, 'debs'));
      return join(state, 'debs', file);
    },
  };
}

function keepImage(deb, release, work) {
  const root = mkdtempSync(join(work, 'root-'));
  const folder = join(work, release);
  execFileSync('dpkg', ['-x', deb, root]);
  const places = [join(root, 'boot', `vmlinuz-${release}`), ...['lib', 'usr/lib'].map((lib) => join(root, lib, 'modules', release, 'vmlinuz'))];
  const image = places.find((path) => existsSync(path));
  if (image === undefined) throw new Error(`${basename(deb)}: no vmlinuz`);
  mkdirSync(folder);
  renameSync(image, join(folder, 'vmlinuz'));
  renameSync(folder, join(cache, release));
  rmSync(root, { recursive: true });
  rmSync(deb);
}

/** 6.12.9 before 6.12.10. */
function byVersion(a, b) {
  return a.localeCompare(b, 'en', { numeric: true });
}
