import { processEnvironment } from './config.js';
import { run } from './run.js';

/** What a command gets to stop at Ctrl-C by itself; `demo` and `etcd` take down what they put up. */
const STOP_GRACE_MS = 300;
const CLEANS_UP = new Set(['demo', 'etcd']);

// Node warns people about how grpc-js connects to an IP address with TLS; that is no affair of theirs.
process.noDeprecation = true;

const argv = process.argv.slice(2);
const stop = new AbortController();

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(signal, () => {
    stop.abort();
    if (!CLEANS_UP.has(argv[0] ?? '')) setTimeout(() => process.exit(code), STOP_GRACE_MS);
  });
}
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // The reader went away, as with `| head`: nothing is left to say.
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
}

void run(argv, {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: processEnvironment(),
  signal: stop.signal,
})
  // A pipe may hold only part of the output yet.
  .then((code) => process.stdout.write('', () => process.stderr.write('', () => process.exit(code))));
