import assert from "node:assert/strict";
import { test } from "node:test";
import { type ExportedData, ExportedSource } from "../src/exported_source";

function base64(array: Float32Array | Int32Array): string {
  return Buffer.from(array.buffer).toString("base64");
}

const data: ExportedData = {
  info: { title: "t", version: "1", models: [], drift: false },
  words: [["a", "b", "c"]],
  maps: [base64(Float32Array.of(0, 1, 2, 3, 4, 5))],
  columns: [
    {
      frequency: { type: "number", data: base64(Float32Array.of(30, 20, 10)) },
      cluster: { type: "category", data: { values: ["1", "2"], codes: [0, 1, -1] } },
    },
  ],
  neighbors: [
    {
      topn: 2,
      rows: base64(Int32Array.of(1, 2, 0, 2, 1, 0)),
      similarities: base64(Float32Array.of(0.5, 0.25, 0.5, 0.125, 0.25, 0.125)),
    },
  ],
  drift: null,
  texts: [null],
};

test("an exported page has the map, the columns and the neighbours", async () => {
  const source = new ExportedSource(data);
  assert.deepEqual([...(await source.map(0))], [0, 1, 2, 3, 4, 5]);
  const column = await source.column(0, "frequency");
  assert.ok(column.type === "number" && column.values[2] === 10);
  assert.deepEqual(await source.neighbors(0, [{ row: 1, word: "b" }], [], 20), [
    { row: 0, word: "a", similarity: 0.5 },
    { row: 2, word: "c", similarity: 0.125 },
  ]);
  assert.equal((await source.neighbors(0, [{ row: 1, word: "b" }], [], 1)).length, 1);
  assert.deepEqual(await source.text(0, 2), { text: "c", columns: { frequency: 10, cluster: null } });
});

test("what needs the vectors says so", async () => {
  const source = new ExportedSource(data);
  const [a, b] = [
    { row: 0, word: "a" },
    { row: 1, word: "b" },
  ];
  await assert.rejects(source.neighbors(0, [a, b], [], 5), { key: "needsVectors" });
  await assert.rejects(source.neighbors(0, [a], [b], 5), { key: "needsVectors" });
  await assert.rejects(source.similarity(), { key: "needsVectors" });
});
