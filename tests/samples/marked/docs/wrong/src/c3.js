module.exports = class Foo {/*!*/
  go(n) {/*!*/
    return n;
  }
};
