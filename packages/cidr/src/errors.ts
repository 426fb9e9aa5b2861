/**
 * The one error class of the project. `code` is stable and listed in docs/errors.md; the message names the thing and the bound
 * broken and says what to do next; `cause` keeps what was caught.
 */
export class OverlayError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OverlayError';
    this.code = code;
  }
}
