/** Commands of the console. */
@NullMarked
package opencode.nexus.shell;

import org.jspecify.annotations.NullMarked;
