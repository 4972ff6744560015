import assert from 'node:assert/strict';
import { Store } from '../../operator/cluster/store.ts';

interface Thing {
  readonly ownerUid?: string;
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  readonly value: string;
}
const thing = (name: string, version: number, value = 'x'): Thing => ({
  namespace: 'n',
  name,
  resourceVersion: String(version),
  value,
});

function recorded() {
  const changes: (readonly [string | undefined, string | undefined])[] = [];
  const store = new Store<Thing>((before, after) => changes.push([before?.value, after?.value]));
  return { store, changes };
}

describe('store', () => {
  it('reports what was added, changed and removed, but not a new resourceVersion alone', () => {
    const { store, changes } = recorded();
    store.upsert(thing('a', 1, 'x'));
    store.upsert(thing('a', 2, 'x'));
    store.upsert(thing('a', 3, 'y'));
    store.remove({ namespace: 'n', name: 'a' });
    store.remove({ namespace: 'n', name: 'a' });
    assert.deepEqual(changes, [
      [undefined, 'x'],
      ['x', 'y'],
      ['y', undefined],
    ]);
  });

  it('leaves out what is older than what it has, as after a write of ours', () => {
    const { store } = recorded();
    store.upsert(thing('a', 10, 'ours'));
    store.upsert(thing('a', 9, 'before'));
    assert.equal(store.get('n', 'a')?.value, 'ours');
  });

  it('knows whether it holds this very version of an object', () => {
    const { store } = recorded();
    store.upsert(thing('a', 10));
    const holds = (name: string, resourceVersion: string) =>
      store.holds({ namespace: 'n', name, resourceVersion, uid: name, creationTimestamp: '' });
    assert.deepEqual([holds('a', '10'), holds('a', '11'), holds('b', '10')], [true, false, false]);
  });

  it('finds what an object of a namespace controls, as that comes, changes hands and goes', () => {
    const { store } = recorded();
    const names = (uid: string, namespace = 'n') =>
      [...store.ownedBy(namespace, uid)].map(({ name }) => name);
    store.upsert({ ...thing('a', 1), ownerUid: 'first' });
    store.upsert({ ...thing('b', 1), ownerUid: 'first' });
    store.upsert({ ...thing('c', 1), ownerUid: 'first', namespace: 'other' });
    store.upsert(thing('free', 1));
    assert.deepEqual([names('first'), names('first', 'other'), names('')], [['a', 'b'], ['c'], []]);
    store.upsert({ ...thing('a', 2), ownerUid: 'second' });
    store.upsert({ ...thing('b', 2, 'changed'), ownerUid: 'first' });
    assert.deepEqual([names('first'), names('second')], [['b'], ['a']]);
    assert.deepEqual(
      [...store.ownedBy('n', 'first')].map(({ value }) => value),
      ['changed'],
    );
    store.upsert(thing('b', 3));
    store.remove({ namespace: 'n', name: 'a' });
    assert.deepEqual([names('first'), names('second')], [[], []]);
    store.replace([{ ...thing('d', 4), ownerUid: 'first' }], 'n');
    assert.deepEqual([names('first'), names('first', 'other')], [['d'], ['c']]);
  });

  it('replaces all, or all of one namespace', () => {
    const { store } = recorded();
    store.upsert(thing('a', 1));
    store.upsert({ ...thing('b', 1), namespace: 'other' });
    store.replace([thing('c', 2)], 'n');
    assert.deepEqual([...store.all()].map(({ name }) => name).sort(), ['b', 'c']);
    store.replace([thing('d', 3)], undefined);
    assert.deepEqual(
      [...store.all()].map(({ name }) => name),
      ['d'],
    );
    assert.deepEqual([...store.inNamespace('other')], []);
  });
});

describe('a store of what was removed', () => {
  it('does not bring back an object by the answer to a write that came after its removal', () => {
    const { store, changes } = recorded();
    store.upsert(thing('a', 10));
    store.remove(thing('a', 12));
    store.upsert(thing('a', 11, 'ghost'));
    store.upsert(thing('a', 12, 'ghost'));
    assert.equal(store.get('n', 'a'), undefined);
    store.upsert(thing('a', 13, 'new'));
    assert.equal(store.get('n', 'a')?.value, 'new');
    assert.equal(changes.length, 3);
  });

  it('takes a list as it is, also where its versions are lower: a database was restored', () => {
    const { store } = recorded();
    store.upsert(thing('a', 100, 'lost'));
    store.remove(thing('b', 101));
    store.replace([thing('a', 5, 'restored'), thing('b', 6, 'restored')], undefined);
    assert.deepEqual(
      ['a', 'b'].map((name) => store.get('n', name)?.value),
      ['restored', 'restored'],
    );
  });
});
