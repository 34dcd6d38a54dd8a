// JOTGATE_BIN=/path/to/jotgate npm test
import { chromium } from "playwright-core";
import { build } from "vite";
import { walk } from "../spa-test.mjs";

walk(import.meta.dirname, { chromium, build });
