/** Decides when a dead, wedged or leaking process starts again, and remembers why. */
@NullMarked
package opencode.nexus.restart;

import org.jspecify.annotations.NullMarked;
