import { OverlayError } from '@overlay/cidr';
import { cleanup } from './cleanup.js';
import { loadConfig } from './config/config.js';
import type { Config } from './config/model.js';
import { dryRun } from './dry-run.js';
import { helpText } from './help.js';
import { createNotifier } from './host/notify.js';
import { createLogger, type Logger } from './logger.js';
import { runDaemon, type Running } from './run.js';
import { VERSION } from './version.js';

const EXIT = { ok: 0, failed: 1, usage: 2, unreachable: 5 } as const;

function exitCode(error: unknown): number {
  const code = error instanceof OverlayError ? error.code : '';
  if (code === 'OVL_USAGE') return EXIT.usage;
  return code === 'OVL_ETCD_UNREACHABLE' || code === 'OVL_ETCD_TIMEOUT' ? EXIT.unreachable : EXIT.failed;
}

function fail(error: unknown): never {
  const text =
    error instanceof OverlayError
      ? `${error.code}: ${error.message}`
      : String(error instanceof Error ? error.stack : error);
  process.stderr.write(`overlayd: ${text}\n`);
  process.exit(exitCode(error));
}

/** Stops once on SIGTERM or SIGINT; a second signal ends at once. The data plane stays either way. */
function stopOnSignals(running: Running, log: Logger): void {
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) process.exit(EXIT.failed);
    stopping = true;
    log.info(`${signal}: stopping; the data plane and the lease stay`);
    running.stop().then(() => process.exit(EXIT.ok), fail);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

async function start(config: Config, log: Logger): Promise<void> {
  const notifier = createNotifier(process.env['NOTIFY_SOCKET'], process.env['WATCHDOG_USEC']);
  const running = await runDaemon(config, log, notifier);
  stopOnSignals(running, log);
}

async function once(config: Config, log: Logger): Promise<string> {
  if (config.command === 'cleanup')
    return (await cleanup(config, log)).map((line) => `removed ${line}\n`).join('');
  return config.command === 'dry-run' ? dryRun(config, log) : '';
}

async function main(): Promise<void> {
  const { config, warnings } = loadConfig(process.argv.slice(2));
  if (config.command === 'help') return void process.stdout.write(helpText());
  if (config.command === 'version') return void process.stdout.write(`overlayd ${VERSION}\n`);
  const json = config.logFormat === 'json' || (config.logFormat === 'auto' && !process.stderr.isTTY);
  const log = createLogger({ level: config.logLevel, json, instance: config.instance });
  for (const warning of warnings) log.warn(warning);
  if (config.command === 'run') return start(config, log);
  process.stdout.write(await once(config, log));
  process.exit(EXIT.ok);
}

// Deprecation warnings concern developers; a server reached by address makes the TLS library print one (DEP0123).
process.noDeprecation = true;
process.on('unhandledRejection', fail);
main().catch(fail);
