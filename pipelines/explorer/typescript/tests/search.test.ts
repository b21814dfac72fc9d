import assert from "node:assert/strict";
import { test } from "node:test";
import { WordIndex } from "../src/search";

const words = ["the", "king", "us", "used", "Kingdom", "making", "US", "Straße", "国王", "constructor"];
const index = new WordIndex(words);

function completed(text: string, limit = 10): string[] {
  return index.complete(text, limit).map((row) => words[row]);
}

test("words that start so come before words that hold it", () => {
  assert.deepEqual(completed("king"), ["king", "Kingdom", "making"]);
});

test("the word itself comes first, in its own case", () => {
  assert.deepEqual(completed("US"), ["US", "us", "used"]);
  assert.deepEqual(completed("us"), ["us", "US", "used"]);
});

test("no more than asked for, the frequent ones", () => {
  assert.deepEqual(completed("k", 1), ["king"]);
});

test("spaces around do not count, and nothing typed completes nothing", () => {
  assert.deepEqual(completed("  the "), ["the"]);
  assert.deepEqual(completed("  "), []);
});

test("any script", () => {
  assert.deepEqual(completed("国"), ["国王"]);
  assert.deepEqual(completed("straß"), ["Straße"]);
});

test("names of objects' own methods are words like others", () => {
  assert.equal(index.rowOf("constructor"), 9);
  assert.equal(index.rowOf("toString"), undefined);
});

test("of equal strings the first row counts", () => {
  assert.equal(new WordIndex(["a", "b", "a"]).rowOf("a"), 0);
});
