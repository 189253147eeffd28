/** Keeps or finds entries encrypted in files: `encrypted_child.ts write|read FOLDER`. What is found goes to standard output. */
import process from "node:process";
import { foundEntries, writeEntries } from "../encrypted_samples.ts";

const [task, folder] = process.argv.slice(2);
if (task === "write") await writeEntries(folder!);
else console.log(JSON.stringify(await foundEntries(folder!)));
