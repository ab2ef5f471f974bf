/**
 * The embedded engine in a child of the same kind as the product's, without its guard: runs whatever statement its parent sends, so that
 * `INSERT … SELECT FROM file()` can be measured. Its argument is the folder of its data.
 */
import { Connection, loadAddon } from '../src/engine/embedded/native.ts';

const connection = new Connection(loadAddon(), process.argv[2] ?? '', []);
process.on('message', async (sql: string) => {
  try {
    const { bytes } = await connection.query(sql);
    process.send?.({ text: Buffer.from(bytes).toString() });
  } catch (thrown) {
    process.send?.({ error: String(thrown) });
  }
});
