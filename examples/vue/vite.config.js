import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

// `dedupe`, because the client's folder has a Vue of its own for its tests, and two of them do not get along.
export default defineConfig({ plugins: [vue()], resolve: { dedupe: ["vue"] } });
