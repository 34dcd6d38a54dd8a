// The API of a JWT tutorial, as its reader ends up with it: one shared secret. Not a pattern to copy; `jotgate probe` says why.
import express from "express";
import jwt from "jsonwebtoken";

const app = express();

function verifyToken(req, res, next) {
  const token = req.headers.authorization?.split(" ")[1];
  if (!token) return res.status(401).json({ message: "No token" });

  try {
    const decoded = jwt.verify(token, process.env.JWT_SECRET);
    req.user = decoded;
    next();
  } catch (err) {
    res.status(401).json({ message: "Invalid token" });
  }
}

app.get("/profile", verifyToken, (req, res) => {
  res.json({ user: req.user });
});

const listener = app.listen(Number(process.env.PORT ?? 3000), () => console.log(`http://localhost:${listener.address().port}`));
