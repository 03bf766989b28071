/** The only bundle that knows cloudflared: its command line, its configuration, what it says. */
@NullMarked
package opencode.nexus.tunnel;

import org.jspecify.annotations.NullMarked;
