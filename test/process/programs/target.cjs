// A CommonJS module with targets.
exports.print = function print(word) {
  console.log(`cjs ${word} ${require.main === module}`);
};
module.exports.arrow = (word) => console.log(`arrow ${word}`);
