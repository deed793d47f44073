function a(n) { return n; }/*!*/
exports.b = function (n) { return n; };/*!*/
exports.c = (n) => n;/*!*/
module.exports.d = function d(n) { return n; };/*!*/
class E { go(n) { return n; } }/*!*/
exports.a = a;
exports.E = E;
