/** Full text of every conversation, in an index of Lucene that is filled from OpenCode and may be lost at any time. */
@NullMarked
package opencode.nexus.search;

import org.jspecify.annotations.NullMarked;
