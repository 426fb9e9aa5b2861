// Writes src/generated/overlay.{js,d.ts} from proto/overlay.proto. `node generate.mjs DIRECTORY` writes elsewhere (the test compares).
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import cli from 'protobufjs-cli';

const here = dirname(fileURLToPath(import.meta.url));
const { pbjs, pbts } = cli;
const out = process.argv[2] ?? join(here, 'src/generated');
const js = join(out, 'overlay.js');
const types = join(out, 'overlay.d.ts');
const leftOut = ['--no-service', '--no-verify', '--no-delimited', '--no-typeurl', '--no-create'];

await promisify(pbjs.main)([
  ...['-t', 'static-module', '-w', 'commonjs', '-r', 'overlayd-control', '--force-number', ...leftOut],
  ...['-o', js, join(here, 'proto/overlay.proto')],
]);
await promisify(pbts.main)(['-o', types, js]);
// pbts imports Long even where every 64-bit field is a number.
writeFileSync(types, readFileSync(types, 'utf8').replace(/^import Long = require\("long"\);\n/m, ''));
