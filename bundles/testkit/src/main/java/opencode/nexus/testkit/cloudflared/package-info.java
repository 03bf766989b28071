/**
 * A stand-in for {@code cloudflared}: a program of its own that a test starts as it would start the real one. It says
 * what was recorded from cloudflared 2026.8.2, on the same stream, in the same order and with the same exit code, and
 * stands for Cloudflare's edge as well. Needs nothing but the JDK.
 */
@NullMarked
package opencode.nexus.testkit.cloudflared;

import org.jspecify.annotations.NullMarked;
