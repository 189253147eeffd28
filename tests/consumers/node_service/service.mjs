/**
 * A service that says what an amount is worth in another currency, by rates of a server that is slow and at times away.
 *
 *     npm install @twat/cache
 *     RATES=http://localhost:9000 PORT=8080 node service.mjs
 */
import { acache, mcache, prometheusText } from "@twat/cache";
import { createServer } from "node:http";

/** Asked once a minute for each currency, however many ask us; while the server is away, an old rate is better than none. */
const rate = acache(async (currency) => {
  const response = await fetch(`${process.env.RATES}/${currency}`);
  if (!response.ok) throw new Error(`the server of rates says ${response.status}`);
  return Number(await response.text());
}, { name: "rate", ttl: "1m", staleIfError: "1h", hardTimeout: "5s" });

/** To make a formatter takes far longer than to use it. */
const formatter = mcache((currency) => new Intl.NumberFormat("en", { style: "currency", currency }), {
  name: "formatter",
  maxSize: 50,
});

const server = createServer(async (request, response) => {
  const [, currency = "", amount = "1"] = request.url.split("/");
  try {
    if (currency === "metrics") response.end(prometheusText());
    else if (request.method === "DELETE") response.end(`${await rate.cache.expire(currency)}`);
    else response.end(formatter(currency).format(Number(amount) * await rate(currency)));
  } catch (error) {
    response.writeHead(502).end(error.message);
  }
});
server.listen(process.env.PORT ?? 8080, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
