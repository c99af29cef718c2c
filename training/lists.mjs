// Writes bot/text/data/tlds.txt and emoji.txt: what npm's twitter-text 3 takes for the ending of a domain and for one
// emoji. Both are lists of facts, found by asking the package itself: every candidate is put to it.
//   node training/lists.mjs FOLDER_WITH_NODE_MODULES
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";

const require = createRequire(`${process.argv[2]}/`);
const twitter = require("twitter-text");
const length = (text) => twitter.parseTweet(text).weightedLength;
const at = (...codes) => String.fromCodePoint(...codes);
const hex = (text) => [...text].map((c) => c.codePointAt(0).toString(16)).join("-");
const out = (name) => new URL(`../bot/text/data/${name}`, import.meta.url);

// endings of domains: all that stand in the package's own patterns, each proved as a link by itself
const words = new Set();
for (const name of ["validGTLD", "validCCTLD"]) {
  const pattern = require(`twitter-text/dist/regexp/${name}`);
  for (const word of pattern.source.match(/[\p{L}\p{M}\p{N}-]+/gu)) words.add(word);
}
writeFileSync(out("tlds.txt"), [...words].filter((w) => length(`http://a.${w}`) === 23).sort().join("\n") + "\n");

// emoji of several code points that weigh two together
const emoji = require("twemoji-parser");
const whole = (text) => {
  const found = emoji.parse(text);
  return found.length === 1 && found[0].text === text;
};
const V = "\u{fe0f}", Z = "\u{200d}", K = "\u{20e3}";
const tones = [0x1f3fb, 0x1f3fc, 0x1f3fd, 0x1f3fe, 0x1f3ff].map((c) => at(c));
const single = [], found = new Set();
const take = (text) => whole(text) && found.add(text);
for (let code = 0x20; code < 0x1ffff; code++) {
  if (code >= 0xd800 && code < 0xe000) continue;
  const c = at(code);
  if (whole(c)) single.push(c);
  for (const rest of [V, K, V + K, ...tones]) take(c + rest);
}
for (let a = 0; a < 26; a++) for (let b = 0; b < 26; b++) take(at(0x1f1e6 + a, 0x1f1e6 + b));
for (const land of ["gbeng", "gbsct", "gbwls"]) {
  take(at(0x1f3f4, ...[...land].map((c) => 0xe0000 + c.codePointAt(0)), 0xe007f));
}
const starts = single.flatMap((c) => [c, c + V, ...tones.map((tone) => c + tone)]);
const ends = [...single.flatMap((c) => [c, c + V]), "\u2640" + V, "\u2642" + V, "\u2695" + V];
for (const start of starts) for (const end of ends) take(start + Z + end);
const people = ["\u{1f468}", "\u{1f469}", "\u{1f466}", "\u{1f467}", "\u{2764}\u{fe0f}", "\u{1f48b}"];
for (const a of people) for (const b of people) for (const c of people) {
  take([a, b, c].join(Z));
  for (const d of people) take([a, b, c, d].join(Z));
}
const light = single.filter((c) => c.codePointAt(0) <= 0x2049); // of weight one, were they no emoji
writeFileSync(out("emoji.txt"), [...light, ...found].map(hex).sort().join("\n") + "\n");
