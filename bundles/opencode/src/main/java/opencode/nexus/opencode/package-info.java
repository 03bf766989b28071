/** The only bundle that knows OpenCode: its command line, its HTTP API, its events. */
@NullMarked
package opencode.nexus.opencode;

import org.jspecify.annotations.NullMarked;
