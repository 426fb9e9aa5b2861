// @swc/jest, with one text in one file replaced before it is compiled. Which one is in OVERLAY_MUTANT: {file, find, put}, `file` absolute.
const { createTransformer } = require('@swc/jest');

module.exports = {
  createTransformer(options) {
    const swc = createTransformer(options);
    const { file, find, put } = JSON.parse(process.env.OVERLAY_MUTANT ?? '{}');
    const altered = (text, path) => (path === file ? text.replace(find, () => put) : text);
    return {
      canInstrument: swc.canInstrument,
      process: (text, path, context) => swc.process(altered(text, path), path, context),
      // jest keeps what was compiled: the key is of the altered text, so that a mutant is never taken for the real file.
      getCacheKey: (text, path, context) => swc.getCacheKey(altered(text, path), path, context),
    };
  },
};
