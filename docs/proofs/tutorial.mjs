// The code of a typical tutorial, as its reader ends up with it. The proofs beside this file run it unchanged.
import jwt from "jsonwebtoken";

export const SECRET = "b7f8c1d25e0a94637f1c0de5b2a9863e4d7f60c1928ab35e7d04c6f1a8b92e35"; // 32 random bytes in hex: the secret is not what is wrong here

export function createToken(user) {
  return jwt.sign({ userId: user.id, email: user.email, role: user.role }, SECRET, { expiresIn: "15m" });
}

export function verifyToken(req, res, next) {
  const header = req.headers["authorization"];
  const token = header && header.split(" ")[1];
  if (!token) return res.status(401).json({ message: "No token" });
  try {
    req.user = jwt.verify(token, SECRET);
    next();
  } catch {
    res.status(401).json({ message: "Invalid token" });
  }
}

// What the middleware does with one Authorization header: "accepted", or the status of its refusal.
export function tryHeader(authorization) {
  let outcome = "nothing";
  const res = { status: (code) => ({ json: () => { outcome = code; } }) };
  verifyToken({ headers: { authorization } }, res, () => { outcome = "accepted"; });
  return outcome;
}
