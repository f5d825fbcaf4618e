"""Evidence: what tables say of every channel's response and of organic demand, as draws of whole
companies.
"""
