import { describe, expect, it } from 'vitest';
import { catalogToWrite, catalogsToRead, type LocationOptions } from '../../src/index/location.ts';

const options = (more: Partial<LocationOptions> = {}): LocationOptions => ({ env: {}, home: '/home/eva', uid: 1000, ...more });

describe('catalogs to read', () => {
  it.each<[string, Partial<LocationOptions>, readonly string[]]>([
    ['the system\'s, then the user\'s', {}, ['/var/lib/btfly/catalog.db', '/home/eva/.cache/btfly/catalog.db']],
    ['by XDG_CACHE_HOME', { env: { XDG_CACHE_HOME: '/cache' } }, ['/var/lib/btfly/catalog.db', '/cache/btfly/catalog.db']],
    ['by BTFLY_DB', { env: { BTFLY_DB: '/b.db' } }, ['/b.db']],
    ['by --db, which beats BTFLY_DB', { db: '/a.db', env: { BTFLY_DB: '/b.db' } }, ['/a.db']],
    ['empty variables are not there', { env: { BTFLY_DB: '', XDG_CACHE_HOME: '' } }, ['/var/lib/btfly/catalog.db', '/home/eva/.cache/btfly/catalog.db']],
  ])('%s', (_, more, paths) => {
    expect(catalogsToRead(options(more))).toEqual(paths);
  });
});

describe('the catalog to write', () => {
  it.each<[string, Partial<LocationOptions>, string, boolean]>([
    ['of root is everybody\'s', { uid: 0 }, '/var/lib/btfly/catalog.db', true],
    ['of a user is the user\'s', {}, '/home/eva/.cache/btfly/catalog.db', false],
    ['that is named', { uid: 0, db: 'here.db' }, 'here.db', false],
  ])('%s', (_, more, path, shared) => {
    expect(catalogToWrite(options(more))).toEqual({ path, shared });
  });
});
