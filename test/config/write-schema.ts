// Writes schema/chwitness.schema.json anew from the table of options:
// npx tsx test/config/write-schema.ts && npx biome check --write schema/chwitness.schema.json
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileJsonSchema } from '../../src/config/file-schema.ts';
import { packageRoot } from '../../src/kernel/package.ts';

writeFileSync(join(packageRoot, 'schema', 'chwitness.schema.json'), JSON.stringify(fileJsonSchema(), null, 2));
