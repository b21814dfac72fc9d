import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { toCsv } from "../src/csv";
import { type StringKey, setLanguage, TABLES, t } from "../src/strings";
import { TABS } from "../src/view_state";

function holes(text: string): string[] {
  return (text.match(/\{\w+\}/g) ?? []).sort();
}

test("both languages fill in the same values", () => {
  for (const key of Object.keys(TABLES.en) as StringKey[]) {
    assert.notEqual(TABLES.zh[key], "");
    assert.deepEqual(holes(TABLES.zh[key]), holes(TABLES.en[key]), key);
  }
});

test("what is filled in is not looked at again", () => {
  setLanguage("en");
  assert.equal(t("remove", { word: "{word} $& <b>" }), "Remove {word} $& <b>");
});

test("every line is used", () => {
  const files = readdirSync("src").filter((name) => name.endsWith(".ts") && name !== "strings.ts");
  const source = files.map((name) => readFileSync(`src/${name}`, "utf8")).join("\n");
  for (const key of Object.keys(TABLES.en))
    assert.ok(source.includes(`"${key}"`) || TABS.some((tab) => tab === key), key);
});

test("no text of the user's becomes markup", () => {
  for (const name of readdirSync("src").filter((file) => file.endsWith(".ts"))) {
    const source = readFileSync(`src/${name}`, "utf8");
    assert.doesNotMatch(
      source,
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/,
      name,
    );
  }
});

test("cells of a table are quoted where they must be", () => {
  assert.equal(
    toCsv([
      ["a", 'b"c'],
      ["d,e", "f\ng"],
    ]),
    'a,"b""c"\r\n"d,e","f\ng"\r\n',
  );
});
