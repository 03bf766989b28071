/** Events on their way: from OpenCode into the hub, and from the hub to each browser. */
@NullMarked
package opencode.nexus.streaming;

import org.jspecify.annotations.NullMarked;
