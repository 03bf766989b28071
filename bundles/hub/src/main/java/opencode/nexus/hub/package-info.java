/** The event hub: a ring in memory that is followed by position, and the texts that are still being written. */
@NullMarked
package opencode.nexus.hub;

import org.jspecify.annotations.NullMarked;
