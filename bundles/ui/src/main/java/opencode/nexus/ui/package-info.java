/** What the browser runs, as files. */
@NullMarked
package opencode.nexus.ui;

import org.jspecify.annotations.NullMarked;
