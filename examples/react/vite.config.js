import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// `dedupe`, because the client's folder has a React of its own for its tests, and two of them do not get along.
export default defineConfig({ plugins: [react()], resolve: { dedupe: ["react", "react-dom"] } });
