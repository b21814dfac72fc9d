// The page's words in English and Chinese.
import type { Language } from "./view_state";

const en = {
  loading: "Loading…",
  noServer: "The server does not answer. Is “wordvec explore” still running?",
  needsVectors: "This exported page holds no vectors: analogies, means and pairs need “wordvec explore”.",
  summaryWords: "{n} words, {d} dimensions",
  summaryTexts: "{n} texts, {d} dimensions",
  // the map
  map: "Map of {name}",
  mapKeys:
    "Arrow keys pan, plus and minus zoom, 0 shows all, Enter chooses the word in the middle, slash goes to the search.",
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  zoomHome: "Show the whole map",
  lassoTool: "Lasso: draw around points",
  layout: "Layout: {method}.",
  kept: "It keeps {share} of each point’s 15 nearest neighbours; the lists always show the true ones.",
  keptUnknown: "The lists always show the true neighbours.",
  pending: "{method} is being made",
  newLayout: "The map is now laid out by {method}.",
  // colours
  colour: "Colour",
  oneColour: "One colour",
  missing: "no value",
  logScale: "logarithmic",
  coloursRepeat: "Colours repeat: choose a value to see it alone.",
  showOnly: "Show only {value}",
  frequency: "Frequency",
  cluster: "Cluster",
  // the panel
  panel: "Words and answers",
  panelToggle: "Show or hide the panel",
  search: "Search",
  analogy: "Analogy",
  compare: "Compare",
  selection: "Selection",
  changes: "Changes",
  searchWords: "Search words",
  searchTexts: "Search texts",
  completions: "{n} completions",
  noCompletion: "No word holds this",
  searchHint: "Search a word, or choose a point of the map. Shift-click adds a word to the mean.",
  searchHintTexts: "Search a text, or choose a point of the map.",
  tryWords: "For example",
  add: "Add",
  addHint: "Add the next word to the mean",
  remove: "Remove {word}",
  clear: "Clear",
  neighborsOf: "Neighbours of {word}",
  neighborsOfMean: "Neighbours of the mean",
  trueNeighbors: "by cosine similarity in all {d} dimensions",
  rowOf: "{row} of {n} by frequency",
  textOf: "Row {row} of {n}",
  more: "More",
  zoomToThese: "Zoom to these",
  notInModel: "“{word}” is not among the words of {name}.",
  announceNeighbors: "{n} neighbours of {words}. Nearest: {first}, {similarity}.",
  analogyHint: "“man is to king as woman is to …”: three words give the fourth.",
  analogyIs: "is to",
  analogyAs: "as",
  analogyA: "First word",
  analogyB: "First word’s partner",
  analogyC: "Second word",
  answers: "Answers",
  compareHint: "How alike are two words, and which words lie near both?",
  compareA: "One word",
  compareB: "Other word",
  cosine: "Cosine similarity",
  swap: "Swap",
  nearBoth: "Near both: neighbours of the mean",
  selectionHint: "Draw around points with the lasso (L), or take what the map shows.",
  startLasso: "Draw a lasso",
  stopLasso: "Stop drawing",
  selectView: "Take what is in view",
  selected: "{n} selected",
  firstOf: "The first {k} of {n} are listed.",
  copy: "Copy",
  copied: "Copied",
  download: "Download CSV",
  changesHint: "Words of both models, those first whose neighbours changed most.",
  score: "Change",
  shared: "{share} of the neighbours shared",
  noChanges: "The models share no words.",
  // the head
  copyLink: "Copy a link to this view",
  language: "中文",
  languageLong: "用中文显示",
  toDark: "Dark colours",
  toLight: "Light colours",
  help: "Keys and gestures",
  close: "Close",
  helpPan: "pan",
  helpZoom: "zoom in, out",
  helpHome: "whole map",
  helpEnter: "choose the point in the middle",
  helpSearch: "search",
  helpLasso: "lasso",
  helpEscape: "clear the choice",
  helpMouse: "Drag to pan, wheel or pinch to zoom, click to choose, Shift-click to add a word.",
};

export type StringKey = keyof typeof en;

const zh: Record<StringKey, string> = {
  loading: "正在载入…",
  noServer: "服务器没有回应。“wordvec explore” 还在运行吗？",
  needsVectors: "导出的页面不含向量：类比、平均和比较需要运行 “wordvec explore”。",
  summaryWords: "{n} 个词，{d} 维",
  summaryTexts: "{n} 条文本，{d} 维",
  map: "{name} 的地图",
  mapKeys: "方向键移动，加号和减号缩放，0 显示全部，回车选中中央的词，斜杠进入搜索。",
  zoomIn: "放大",
  zoomOut: "缩小",
  zoomHome: "显示整张地图",
  lassoTool: "套索：圈选一些点",
  layout: "布局：{method}。",
  kept: "每个点的 15 个最近邻中，地图保留了 {share}；列表始终给出真实的近邻。",
  keptUnknown: "列表始终给出真实的近邻。",
  pending: "正在计算 {method}",
  newLayout: "地图现在采用 {method} 布局。",
  colour: "颜色",
  oneColour: "单色",
  missing: "无值",
  logScale: "对数刻度",
  coloursRepeat: "颜色有重复：选择一个值可单独显示。",
  showOnly: "只显示 {value}",
  frequency: "词频",
  cluster: "聚类",
  panel: "词语与结果",
  panelToggle: "显示或隐藏面板",
  search: "搜索",
  analogy: "类比",
  compare: "比较",
  selection: "选区",
  changes: "变化",
  searchWords: "搜索词语",
  searchTexts: "搜索文本",
  completions: "{n} 个补全",
  noCompletion: "没有词包含此内容",
  searchHint: "搜索一个词，或在地图上选一个点。按住 Shift 点击可把词加入平均。",
  searchHintTexts: "搜索一条文本，或在地图上选一个点。",
  tryWords: "例如",
  add: "加入",
  addHint: "把下一个词加入平均",
  remove: "移除 {word}",
  clear: "清除",
  neighborsOf: "{word} 的近邻",
  neighborsOfMean: "平均向量的近邻",
  trueNeighbors: "按全部 {d} 维的余弦相似度",
  rowOf: "词频第 {row}，共 {n} 个词",
  textOf: "第 {row} 行，共 {n} 行",
  more: "更多",
  zoomToThese: "缩放到这些点",
  notInModel: "{name} 中没有“{word}”。",
  announceNeighbors: "{words} 的 {n} 个近邻。最近的是 {first}，{similarity}。",
  analogyHint: "“男人之于国王，如同女人之于……”：由三个词求第四个。",
  analogyIs: "之于",
  analogyAs: "如同",
  analogyA: "第一个词",
  analogyB: "第一个词的对应词",
  analogyC: "第二个词",
  answers: "答案",
  compareHint: "两个词有多相似？哪些词与两者都接近？",
  compareA: "一个词",
  compareB: "另一个词",
  cosine: "余弦相似度",
  swap: "交换",
  nearBoth: "与两者都近：平均向量的近邻",
  selectionHint: "用套索（L）圈选一些点，或选取地图当前显示的点。",
  startLasso: "画套索",
  stopLasso: "停止圈选",
  selectView: "选取当前视野",
  selected: "已选 {n} 个",
  firstOf: "列出 {n} 个中的前 {k} 个。",
  copy: "复制",
  copied: "已复制",
  download: "下载 CSV",
  changesHint: "两个模型共有的词，近邻变化最大的排在前面。",
  score: "变化",
  shared: "共有近邻 {share}",
  noChanges: "两个模型没有共同的词。",
  copyLink: "复制当前视图的链接",
  language: "EN",
  languageLong: "Show in English",
  toDark: "深色",
  toLight: "浅色",
  help: "按键与手势",
  close: "关闭",
  helpPan: "移动",
  helpZoom: "放大、缩小",
  helpHome: "整张地图",
  helpEnter: "选中中央的点",
  helpSearch: "搜索",
  helpLasso: "套索",
  helpEscape: "清除所选",
  helpMouse: "拖动移动，滚轮或双指缩放，点击选中，Shift 点击加入一个词。",
};

export const TABLES: Record<Language, Record<StringKey, string>> = { en, zh };

let language: Language = "en";

export function setLanguage(chosen: Language): void {
  language = chosen;
}

export function currentLanguage(): Language {
  return language;
}

/** A line of the page, with its `{names}` filled in. */
export function t(key: StringKey, values: Record<string, string | number> = {}): string {
  return TABLES[language][key].replace(/\{(\w+)\}/g, (_, name: string) => `${values[name]}`);
}

export function formatCount(n: number): string {
  return n.toLocaleString(language === "zh" ? "zh-CN" : "en-US");
}

export function formatShare(share: number): string {
  return `${Math.round(100 * share)}%`;
}

/** A number of a column: whole ones with separators, others with three digits. */
export function formatNumber(value: number): string {
  return Number.isInteger(value) ? formatCount(value) : `${Number(value.toPrecision(3))}`;
}
