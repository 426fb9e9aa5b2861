import { createLogger as createWinston, format, transports, type Logger as WinstonLogger } from 'winston';
import type { LogLevel } from './config/model.js';
import { systemClock } from './host/clock.js';
import { LogLimit } from './log-limit.js';

export interface Logger {
  error(message: string, details?: object): void;
  warn(message: string, details?: object): void;
  info(message: string, details?: object): void;
  debug(message: string, details?: object): void;
}

function plain(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = (error as { code?: unknown }).code;
  return { message: error.message, ...(typeof code === 'string' ? { code } : {}), stack: error.stack };
}

const errors = format((info) =>
  'error' in info ? Object.assign(info, { error: plain(info['error']) }) : info,
);

function oneLine(info: Record<string, unknown>): string {
  const { timestamp, level, message, instance, error, ...rest } = info;
  const where = instance === 'default' ? '' : ` [${String(instance)}]`;
  const why = typeof error === 'object' && error !== null ? `: ${(error as Error).message}` : '';
  const details = Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`;
  return `${String(timestamp)} ${String(level).padEnd(5)}${where} ${String(message)}${why}${details}`;
}

/** Leaves out what is said too often. Who asks for debug lines wants all of them. */
export function limitRepeats(logger: Logger, limit: LogLimit): Logger {
  const limited =
    (level: 'error' | 'warn' | 'info') =>
    (message: string, details?: object): void => {
      const text = limit.pass(level, message);
      if (text !== undefined) logger[level](text, details);
    };
  return {
    error: limited('error'),
    warn: limited('warn'),
    info: limited('info'),
    debug: (message, details) => logger.debug(message, details),
  };
}

/** One line per message on stderr: JSON for machines, text on a terminal. */
export function createLogger(options: { level: LogLevel; json: boolean; instance: string }): Logger {
  const shape = options.json ? format.json() : format.printf(oneLine);
  const logger: WinstonLogger = createWinston({
    level: options.level,
    defaultMeta: { instance: options.instance },
    format: format.combine(format.timestamp(), errors(), shape),
    // winston's Console is typed by winston-transport's stream, which typescript-eslint cannot follow.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment
    transports: [new transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] })],
  });
  return limitRepeats(logger, new LogLimit(() => systemClock.monotonicMs()));
}
