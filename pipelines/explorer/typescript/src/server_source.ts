// The data of a running `wordvec explore`.
import { type Source, SourceError } from "./source";
import type { Column, DriftWord, Info, Item, Neighbor, Positions, TextRow } from "./types";

type Parameters = [string, string][];

export class ServerSource implements Source {
  readonly hasVectors = true;
  private kinds: string[] = [];

  constructor(private readonly token: string) {}

  async info(): Promise<Info> {
    const info = await this.json<Info>("info", []);
    this.kinds = info.models.map((model) => model.kind);
    return info;
  }

  words(model: number): Promise<string[]> {
    return this.json("words", [["model", `${model}`]]);
  }

  async map(model: number): Promise<Positions> {
    return floats(await this.get("map", [["model", `${model}`]]));
  }

  async column(model: number, name: string): Promise<Column> {
    const response = await this.get("column", [
      ["model", `${model}`],
      ["name", name],
    ]);
    if (response.headers.get("Content-Type")?.startsWith("application/json")) {
      const { values, codes } = await response.json();
      return { type: "category", values, codes: Int32Array.from(codes) };
    }
    return { type: "number", values: await floats(response) };
  }

  async neighbors(model: number, positive: Item[], negative: Item[], topn: number): Promise<Neighbor[]> {
    const parameters: Parameters = [
      ["model", `${model}`],
      ["topn", `${topn}`],
    ];
    if (this.kinds[model] === "texts") {
      parameters.push(["row", `${positive[0].row}`]);
    } else {
      parameters.push(...positive.map((item): [string, string] => ["positive", item.word]));
      parameters.push(...negative.map((item): [string, string] => ["negative", item.word]));
    }
    return (await this.json<{ neighbors: Neighbor[] }>("neighbors", parameters)).neighbors;
  }

  async similarity(model: number, a: string, b: string): Promise<number> {
    const parameters: Parameters = [
      ["model", `${model}`],
      ["a", a],
      ["b", b],
    ];
    return (await this.json<{ similarity: number }>("similarity", parameters)).similarity;
  }

  async drift(topn: number): Promise<DriftWord[]> {
    return (await this.json<{ words: DriftWord[] }>("drift", [["topn", `${topn}`]])).words;
  }

  text(model: number, row: number): Promise<TextRow> {
    return this.json("text", [
      ["model", `${model}`],
      ["row", `${row}`],
    ]);
  }

  private async json<T>(path: string, parameters: Parameters): Promise<T> {
    return (await this.get(path, parameters)).json();
  }

  private async get(path: string, parameters: Parameters): Promise<Response> {
    const query = parameters.length > 0 ? `?${new URLSearchParams(parameters)}` : "";
    let response: Response;
    try {
      response = await fetch(`api/${path}${query}`, { headers: { "X-Wordvec-Token": this.token } });
    } catch {
      throw new SourceError("the server does not answer", "noServer");
    }
    if (!response.ok) {
      const answer = await response.json().catch(() => ({}));
      throw new SourceError(answer.error ?? `${response.status} ${response.statusText}`);
    }
    return response;
  }
}

async function floats(response: Response): Promise<Float32Array> {
  return new Float32Array(await response.arrayBuffer());
}
