// Answers what X's own library says of each text: one JSON line in, one out.
const twitter = require("twitter-text");
const lines = require("node:readline").createInterface({ input: process.stdin, terminal: false });
lines.on("line", (line) => {
  const text = JSON.parse(line);
  const { weightedLength, valid } = twitter.parseTweet(text);
  const links = twitter.extractUrls(text);
  const hashtags = twitter.extractHashtags(text);
  process.stdout.write(JSON.stringify({ length: weightedLength, valid, links, hashtags }) + "\n");
});
