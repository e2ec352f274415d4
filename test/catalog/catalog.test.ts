import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { catalogContract } from '../contract/catalog-contract.ts';
import { FakeCatalog } from '../support/fake-catalog.ts';

catalogContract('SQLite', (clock) => openSqliteCatalog({ path: ':memory:', clock }));
catalogContract('fake', async (clock) => new FakeCatalog(() => clock.now()));
